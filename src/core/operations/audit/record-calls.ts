import type { Actor } from '../../domain/access.ts'
import { AUDIT_EVENTS, callEvent, type AuditEventName } from '../../domain/audit.ts'
import { ChanceryError, type ErrorCode } from '../../domain/errors.ts'
import { SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import { MINUTE, type Millis } from '../../domain/time.ts'
import type { AuditedCall, CallAudit, Caller } from '../../ports/call-audit.ts'
import type { Ports } from '../../ports/ports.ts'
import { newUuid } from '../new-ids.ts'

/**
 * Refusals of one account that are recorded in a minute, and of strangers together: an event has a kilobyte, so that whoever
 * is refused on purpose writes some forty megabytes a day, and drives nobody else's out.
 */
const REFUSALS_A_MINUTE = 30
/** Longer ones are left out. */
const MOST_PARAMETERS = 2048

/** As AWS spells what CloudTrail has in `errorCode`. */
const ERROR_CODES: Partial<Record<ErrorCode, string>> = {
  forbidden: 'AccessDenied',
  unauthenticated: 'UnrecognizedClientException',
}

type RecordingPorts = Pick<Ports, 'store' | 'clock' | 'random' | 'logger'> & {
  readonly settings: Pick<Ports['settings'], 'globalRegion'>
}

/** What the operator wants in the trail besides changes and reveals. */
export type CallsWanted = { readonly reads: boolean; readonly refusals: boolean }

/** Records plain reads and refused calls, as they are wanted. */
export function recordCalls(ports: RecordingPorts, wanted: CallsWanted): CallAudit {
  const bounds = new Map<string, Bound>()
  return {
    read: async (principal, call) => {
      if (wanted.reads && call.readOnly) await append(ports, principal, call)
    },
    refused: async (caller, call, error) => {
      if (!wanted.refusals || !(error instanceof ChanceryError)) return
      const code = ERROR_CODES[error.code]
      if (code === undefined) return
      const actor = 'id' in caller ? caller : stranger(ports, caller)
      const bound = bounds.get(actor.account) ?? new Bound()
      bounds.set(actor.account, bound)
      const suppressed = bound.take(ports.clock.now())
      if (suppressed === undefined) return
      try {
        await append(ports, actor, call, { code, error, suppressed })
      } catch (failed) {
        ports.logger.error({ err: failed }, 'a refused call could not be recorded')
      }
    },
  }
}

type Refused = { readonly code: string; readonly error: ChanceryError; readonly suppressed: number }

async function append(
  { store, clock, random }: RecordingPorts,
  actor: Actor,
  call: AuditedCall,
  refused?: Refused,
): Promise<void> {
  const time = clock.now()
  const { name, readOnly, parameters } = call
  const short = JSON.stringify(parameters ?? null).length <= MOST_PARAMETERS
  const event = callEvent(actor, {
    ...{ name, source: sourceOf(call, refused?.error), readOnly },
    ...{ eventId: newUuid(random, time), time },
    request: short ? parameters : undefined,
    resources: resourcesOf(refused?.error),
    refusal: refused && {
      code: refused.code,
      message: refused.error.message,
      suppressed: refused.suppressed,
    },
  })
  await store.transact((writes) => [writes.audit.append(event)])
}

/** Somebody who couldn't say who it is: nobody's, so it is for the installation's administrators. */
const stranger = (
  { settings }: RecordingPorts,
  { requestId, sourceAddress, userAgent }: Exclude<Caller, { readonly id: string }>,
): Actor => ({
  id: 'anonymous',
  kind: 'key',
  account: SYSTEM_ACCOUNT,
  region: settings.globalRegion,
  requestId,
  sourceAddress,
  ...(userAgent === undefined ? {} : { userAgent }),
})

/** The service that an operation belongs to: by its name, or by the action that was refused. */
function sourceOf({ name, source }: AuditedCall, error: ChanceryError | undefined): string {
  if (source !== undefined) return source
  if (name in AUDIT_EVENTS) return AUDIT_EVENTS[name as AuditEventName]
  const [service = 'chancery'] = String(error?.details['action'] ?? '').split(':', 1)
  return service === '' || service === 'chancery' ? 'chancery.local' : `${service}.amazonaws.com`
}

/** What access was refused to, where the error says so. */
function resourcesOf(error: ChanceryError | undefined): readonly string[] {
  const { resource } = (error?.cause ?? {}) as { readonly resource?: unknown }
  return typeof resource === 'string' ? [resource] : []
}

/** So many in a minute; those beyond are counted, and the next one says how many they were. */
class Bound {
  #from: Millis = 0
  #taken = 0
  #suppressed = 0

  /** @returns how many there were since the last one that was recorded; undefined when this one isn't to be */
  take(now: Millis): number | undefined {
    if (now < this.#from || now >= this.#from + MINUTE) {
      this.#from = now
      this.#taken = 0
    }
    if (this.#taken >= REFUSALS_A_MINUTE) {
      this.#suppressed++
      return undefined
    }
    this.#taken++
    const suppressed = this.#suppressed
    this.#suppressed = 0
    return suppressed
  }
}
