import { Body, Controller, Delete, Get, HttpCode, Put } from '@nestjs/common';
import { FAULTS_MAX, FaultBoard, type FaultView } from '../faults/fault-board.js';
import { checked } from '../http/checked.js';
import { validationFailed } from '../http/refusal.js';
import { FAULTS_FULL, faultBody, type FaultBody } from './control.schemas.js';

interface FaultList {
  readonly faults: readonly FaultView[];
}

@Controller('sandbox/faults')
export class FaultsController {
  constructor(private readonly board: FaultBoard) {}

  @Put()
  put(@Body(checked(faultBody)) body: FaultBody): FaultList {
    if (this.board.size >= FAULTS_MAX) throw validationFailed(FAULTS_FULL);
    this.board.put(body);
    return this.list();
  }

  @Get()
  list(): FaultList {
    return { faults: this.board.list() };
  }

  @Delete()
  @HttpCode(200)
  clear(): FaultList {
    this.board.clear();
    return this.list();
  }
}
