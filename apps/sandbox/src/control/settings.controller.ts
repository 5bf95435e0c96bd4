import { Body, Controller, Get, HttpCode, Inject, Post, Put } from '@nestjs/common';
import { FaultBoard } from '../faults/fault-board.js';
import { LostAnswers } from '../faults/lost-answers.js';
import { checked } from '../http/checked.js';
import { PendingWork } from '../pending-work.js';
import { Settings, type SettingsView } from '../settings.js';
import { Changes } from '../state/changes.js';
import { STATE_PARTS, type StatePart } from '../state/state-part.js';
import { settingsBody, type SettingsBody } from './control.schemas.js';

@Controller('sandbox')
export class SettingsController {
  constructor(
    private readonly settings: Settings,
    private readonly faults: FaultBoard,
    private readonly pending: PendingWork,
    private readonly lost: LostAnswers,
    private readonly changes: Changes,
    @Inject(STATE_PARTS) private readonly parts: readonly StatePart[],
  ) {}

  @Get('settings')
  read(): SettingsView {
    return this.settings.view();
  }

  @Put('settings')
  change(@Body(checked(settingsBody)) body: SettingsBody): SettingsView {
    this.settings.change(body);
    return this.settings.view();
  }

  /** Back to the shipped catalogue and empty books; what was still to happen does not happen any more. */
  @Post('reset')
  @HttpCode(200)
  reset(): { readonly status: 'empty' } {
    this.faults.clear();
    this.pending.callOffAll();
    this.lost.hangUpAll();
    for (const part of this.parts) part.clear();
    this.settings.clear();
    this.changes.mark();
    return { status: 'empty' };
  }
}
