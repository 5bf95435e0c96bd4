import { applyDecorators } from '@nestjs/common';
import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInstance, ValidateNested } from 'class-validator';

/**
 * A list of nested objects. `@IsInstance` is what refuses `items: [[{…}]]`: class-transformer and `@ValidateNested`
 * descend into an inner list without complaint, and its members would be read as undefined.
 */
export function NestedList(
  type: () => new () => object,
  size: { readonly min: number; readonly max: number },
): PropertyDecorator {
  return applyDecorators(
    IsArray(),
    ArrayMinSize(size.min),
    ArrayMaxSize(size.max),
    Type(type),
    // Read when the property is decorated, so the item's class must be declared above.
    IsInstance(type(), { each: true, message: 'each value in $property must be an object' }),
    ValidateNested({ each: true }),
  );
}
