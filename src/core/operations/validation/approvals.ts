import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { auditEvent, type AuditEvent, type AuditEventName } from '../../domain/audit.ts'
import { evidenceOf, verdictOf, type Approval } from '../../domain/approvals.ts'
import type { DomainValidation } from '../../domain/domain-validations.ts'
import { ChanceryError } from '../../domain/errors.ts'
import type { ManagedCertificate } from '../../domain/managed-certificates.ts'
import type { Millis } from '../../domain/time.ts'
import type { ApprovalGroup } from '../../ports/approval-store.ts'
import type { Mailer } from '../../ports/mailer.ts'
import type { StoredEvidence } from '../../ports/managed-store.ts'
import type { Ports } from '../../ports/ports.ts'
import { systemPrincipal } from '../installation/initialize.ts'
import { newUuid } from '../new-ids.ts'

export type ApprovalPorts = Pick<
  Ports,
  'store' | 'random' | 'calendar' | 'clock' | 'mailer' | 'settings' | 'logger'
>

/** What lets people decide by mail. */
export type MailRoom = { readonly mailer: Mailer; readonly approvalUrl: string }

type MailPorts = Pick<Ports, 'mailer' | 'settings'>

/** The setting without which nothing can be approved by mail here; undefined when none is missing. */
export const missingForMail = ({ mailer, settings }: MailPorts): string | undefined =>
  mailer === undefined
    ? 'CHANCERY_SMTP_URL'
    : settings.approvalUrl === undefined
      ? 'CHANCERY_APPROVAL_URL'
      : undefined

/** @throws state_conflict naming the setting that is missing */
export function mailRoom(ports: MailPorts): MailRoom {
  const { mailer, settings } = ports
  const { approvalUrl } = settings
  if (mailer !== undefined && approvalUrl !== undefined) return { mailer, approvalUrl }
  const message = `Nothing can be approved by mail here: ${missingForMail(ports) ?? ''} is not set`
  throw new ChanceryError('state_conflict', message)
}

/** The version of a certificate that is being validated. */
export const versionToCome = ({ current }: Pick<ManagedCertificate, 'current'>): number =>
  (current?.number ?? 0) + 1

export const groupOf = (managed: ManagedCertificate, domain: string): ApprovalGroup => ({
  managed: managed.id,
  version: versionToCome(managed),
  domain,
})

/** Link and certificate of an approval as they are now; undefined where it isn't about anything any more. */
export async function contextOf(
  ports: Pick<Ports, 'store'>,
  { account, region, managed: id, version, domain }: Approval,
): Promise<{ managed: ManagedCertificate; validation: DomainValidation } | undefined> {
  const managed = await ports.store.reads.managed.get({ account, region }, id)
  if (managed === undefined || versionToCome(managed) !== version) return undefined
  const validations = await ports.store.reads.validations.of(id)
  const validation = validations.find((each) => each.domain === domain && each.method === 'EMAIL')
  return validation === undefined ? undefined : { managed, validation }
}

/** What the mails about one name have come to, as it is stored with the decision. */
export const storedEvidence = (
  group: ApprovalGroup,
  approvals: readonly Approval[],
  at: Millis,
): StoredEvidence => ({
  ...group,
  kind: 'email',
  verdict: verdictOf(approvals),
  at,
  items: evidenceOf(approvals, at),
})

/** The installation, acting for the account that the certificate belongs to. */
export const actingFor = (
  ports: Pick<Ports, 'settings'>,
  { account, region }: Pick<Approval, 'account' | 'region'>,
): Principal => ({ ...systemPrincipal(ports, account), region })

/** An event about a name's approval; nothing that is in the link may be passed in. */
export function approvalEvent(
  ports: Pick<Ports, 'random' | 'clock'>,
  name: AuditEventName,
  principal: Principal,
  { managed, domain, version }: ApprovalGroup,
  facts: Readonly<Record<string, unknown>>,
): AuditEvent {
  const time = ports.clock.now()
  return auditEvent(name, principal, {
    eventId: newUuid(ports.random, time),
    time,
    resources: [arns.managed(principal, managed)],
    request: { domain, version, ...facts },
  })
}
