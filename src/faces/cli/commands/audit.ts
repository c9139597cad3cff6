import type { Command } from 'commander'
import type { Run } from '../context.ts'
import type { LocalVerbs } from '../world.ts'
import { addAuditVerify } from './audit-verify.ts'

/** `chancery audit …`. */
export function addAudit(program: Command, run: Run, verbs: LocalVerbs): void {
  const audit = program.command('audit').description('read, keep and verify the audit trail')
  addAuditVerify(audit, run, verbs)
}
