import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import type { Call } from '../../domain/calls.ts'
import { chosenRole } from '../../domain/chosen-role.ts'
import type { Arn } from '../../domain/arns.ts'
import { ChanceryError } from '../../domain/errors.ts'
import { SYSTEM_ACCOUNT } from '../../domain/ids.ts'
import { parsePolicy } from '../../domain/policies/parse-policy.ts'
import type { Policy } from '../../domain/policies/policy.ts'
import { SECOND, type Millis } from '../../domain/time.ts'
import { sha256Of } from '../../x509/digest.ts'
import type { Authorizer, AuthorizerQuestion, AuthorizerVerdict } from '../../ports/authorizer.ts'
import type { Ports } from '../../ports/ports.ts'
import { refuseRegion } from './authenticate-token.ts'
import { accountFacts, callerWith, rolePrincipal } from './principals.ts'
import { sessionNameOf } from './session-name.ts'

type Used = Pick<Ports, 'store' | 'clock' | 'settings' | 'logger'>

/** How long a refusal is remembered: whoever knocks in vain doesn't make us knock as often. */
const REFUSED: Millis = 10 * SECOND
/** Answers in memory, and questions under way at a time; beyond it nobody is let in. */
const MOST_ANSWERS = 10_000
const MOST_QUESTIONS = 64

type Known = Extract<AuthorizerVerdict, { outcome: 'known' }> & { readonly policy: Policy | undefined }
type Kept = { readonly until: Millis; readonly known: Known | 'refused' }
type Memory = {
  readonly answers: Map<string, Kept>
  readonly asking: Map<string, Promise<Known | 'refused'>>
}
const memories = new WeakMap<Authorizer, Memory>()

/**
 * Who sends a request whose credential nobody here knows, as the operator's authorizer says: a role of an account, or
 * somebody with a policy of its own. Never an administrator of the installation.
 * @throws unauthenticated when it doesn't know either; unavailable when it can't be asked, or can't be understood
 */
export async function authenticateForeign(
  ports: Used,
  authorizer: Authorizer,
  request: Pick<AuthorizerQuestion, 'method' | 'path' | 'headers'>,
  call: Call,
): Promise<Principal> {
  const known = await answerTo(ports, authorizer, request, call)
  if (known === 'refused')
    throw new ChanceryError('unauthenticated', 'The credential is unknown here, and to the authorizer')
  refuseRegion(ports, call.region)
  const { account, principal, grant, policy } = known
  const name = sessionNameOf(principal)
  const facts = { 'chancery:credentialtype': 'authorizer' }
  if ('role' in grant) {
    const chosen = chosenRole([grant.role as Arn], account, undefined)
    if ('problem' in chosen) throw unusable(ports, call, 'named a role of another account')
    return rolePrincipal(ports, chosen.role, name, call, { facts })
  }
  if (account === SYSTEM_ACCOUNT || (await ports.store.reads.accounts.get(account)) === undefined)
    throw unusable(ports, call, 'named an account that isn’t there')
  const arn = arns.federatedUser(account, name)
  return callerWith(
    {
      ...{ id: `federated/${name}`, kind: 'federated', arn, account, installation: false },
      grants: { identity: policy === undefined ? [] : [policy] },
      facts: {
        ...(await accountFacts(ports, account)),
        ...facts,
        'aws:principalarn': arn,
        'aws:userid': name,
      },
    },
    call,
    ports.clock.now(),
  )
}

function answerTo(
  ports: Used,
  authorizer: Authorizer,
  request: Pick<AuthorizerQuestion, 'method' | 'path' | 'headers'>,
  call: Call,
): Promise<Known | 'refused'> {
  let memory = memories.get(authorizer)
  if (memory === undefined) memories.set(authorizer, (memory = { answers: new Map(), asking: new Map() }))
  const { answers, asking } = memory
  // By what says who it is: a hash, since these are secrets.
  const key = Buffer.from(sha256Of(...Object.entries(request.headers).flat())).toString('base64')
  const kept = answers.get(key)
  if (kept !== undefined && kept.until > ports.clock.now()) return Promise.resolve(kept.known)
  const running = asking.get(key)
  if (running !== undefined) return running
  if (asking.size >= MOST_QUESTIONS)
    return Promise.reject(unusable(ports, call, 'has too many questions to answer'))
  const answer = ask(ports, authorizer, request, call).then((known) => {
    const ttl = known === 'refused' ? REFUSED : known.ttlSeconds * SECOND
    if (answers.size >= MOST_ANSWERS) answers.clear()
    if (ttl > 0) answers.set(key, { until: ports.clock.now() + ttl, known })
    return known
  })
  asking.set(key, answer)
  return answer.finally(() => asking.delete(key))
}

async function ask(
  ports: Used,
  authorizer: Authorizer,
  { method, path, headers }: Pick<AuthorizerQuestion, 'method' | 'path' | 'headers'>,
  call: Call,
): Promise<Known | 'refused'> {
  const { requestId, sourceAddress, listener, region } = call
  const verdict = await authorizer.ask({ requestId, method, path, headers, sourceAddress, listener, region })
  if (verdict.outcome === 'refused') return 'refused'
  if (verdict.outcome === 'failed') throw unusable(ports, call, verdict.reason)
  const { grant } = verdict
  if ('role' in grant) return { ...verdict, policy: undefined }
  try {
    return { ...verdict, policy: parsePolicy(grant.policy, 'identity', 'authorizer') }
  } catch (error) {
    if (error instanceof ChanceryError) throw unusable(ports, call, `its policy: ${error.message}`)
    throw error
  }
}

/** Nobody is let in by what can't be asked or understood. */
function unusable({ logger }: Pick<Ports, 'logger'>, { requestId }: Call, reason: string): ChanceryError {
  logger.warn({ requestId, reason }, 'the authorizer is of no use')
  return new ChanceryError('unavailable', 'The authorizer can’t say who this is; try again', {
    retryAfterSeconds: 5,
  })
}
