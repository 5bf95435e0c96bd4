import { ApiProperty } from '@nestjs/swagger';

export interface Info {
  readonly name: string;
  readonly version: string;
  readonly commit: string;
  readonly nodeVersion: string;
  readonly uptimeSeconds: number;
  readonly startedAt: string;
}

export class InfoDto implements Info {
  @ApiProperty({ example: 'order-service' })
  readonly name!: string;

  @ApiProperty({ example: '1.0.0' })
  readonly version!: string;

  @ApiProperty({ example: '3f3e9f3', description: 'The commit this was built from.' })
  readonly commit!: string;

  @ApiProperty({ example: 'v24.11.0' })
  readonly nodeVersion!: string;

  @ApiProperty({ type: 'integer' })
  readonly uptimeSeconds!: number;

  @ApiProperty({ format: 'date-time' })
  readonly startedAt!: string;
}
