import type { Anchor } from './anchor.ts'
import type { Finding, JavaFacts, NssFacts, StoreFacts, StoreName, SystemFacts } from './facts.ts'

export type TrustVerb = 'install' | 'uninstall'

/** One thing to do to the machine. */
export type Action =
  | { readonly kind: 'write'; readonly path: string; readonly content: string }
  | { readonly kind: 'remove'; readonly path: string }
  | { readonly kind: 'make-directory'; readonly path: string }
  | {
      readonly kind: 'run'
      readonly program: string
      readonly args: readonly string[]
      readonly input?: string
      readonly variables?: Readonly<Record<string, string>>
    }

/** What is to happen in one store: `act`, `nothing` since it is so already, `blocked`, or `none`: no such store here. */
export type Step = {
  readonly store: StoreName
  readonly place: string
  readonly outcome: 'act' | 'nothing' | 'blocked' | 'none'
  /** For people. */
  readonly why: string
  readonly actions: readonly Action[]
}

/** The environment variable that hands keytool the store's password; an argument would be seen by other users. */
export const PASSWORD_VARIABLE = 'KEYSTORE_PASSWORD'

/** Decides what to do in each store, from what was found there alone. */
export const planned = (verb: TrustVerb, anchor: Anchor, findings: readonly Finding[]): Step[] =>
  findings.map((finding) =>
    'missing' in finding
      ? { store: finding.store, place: '-', outcome: 'none', why: finding.missing, actions: [] }
      : stepFor(verb, anchor, finding),
  )

function stepFor(verb: TrustVerb, anchor: Anchor, facts: StoreFacts): Step {
  const { store, place, presence, trusted, foreignName } = facts
  const step = (outcome: Step['outcome'], why: string, actions: readonly Action[] = []): Step => ({
    store,
    place,
    outcome,
    why,
    actions,
  })
  const elsewhere = `as ${foreignName ?? 'something else'}, which this program didn’t add`
  if (verb === 'install' && trusted)
    return step('nothing', presence === 'ours' ? 'trusts it already' : `trusts it already, ${elsewhere}`)
  if (verb === 'uninstall' && presence === 'absent') return step('nothing', 'doesn’t have it')
  // Whoever put it there has a reason that we don't know.
  if (presence === 'foreign')
    return verb === 'uninstall'
      ? step('nothing', `has it ${elsewhere}; left alone`)
      : step('blocked', `has it ${elsewhere}, without trusting it; remove that first`)
  if (facts.blocked !== undefined) return step('blocked', facts.blocked)
  return step('act', verb === 'install' ? 'will trust it' : 'will forget it', actionsFor(verb, anchor, facts))
}

function actionsFor(verb: TrustVerb, anchor: Anchor, facts: StoreFacts): readonly Action[] {
  switch (facts.store) {
    case 'system':
      return systemActions(verb, anchor, facts)
    case 'nss':
      return nssActions(verb, anchor, facts)
    case 'java':
      return javaActions(verb, anchor, facts)
  }
}

function systemActions(verb: TrustVerb, anchor: Anchor, facts: SystemFacts): Action[] {
  const refresh = (...args: string[]): Action => ({
    kind: 'run',
    program: facts.tool,
    args: [...(facts.flavour === 'rhel' ? ['extract'] : args), ...facts.elsewhere],
  })
  if (verb === 'uninstall')
    // Without --fresh, update-ca-certificates leaves a dangling link behind.
    return [{ kind: 'remove', path: facts.file }, refresh('--fresh')]
  if (facts.presence === 'ours') return [refresh()]
  return [{ kind: 'write', path: facts.file, content: anchor.pem }, refresh()]
}

function nssActions(verb: TrustVerb, anchor: Anchor, { tool, place, exists }: NssFacts): Action[] {
  const database = `sql:${place}`
  if (verb === 'uninstall')
    return [{ kind: 'run', program: tool, args: ['-D', '-d', database, '-n', anchor.nickname] }]
  const create: Action[] = [
    { kind: 'make-directory', path: place },
    { kind: 'run', program: tool, args: ['-N', '-d', database, '--empty-password'] },
  ]
  // C in the first of three places: trusted to issue for TLS servers, and for nothing else.
  const add: Action = {
    kind: 'run',
    program: tool,
    args: ['-A', '-d', database, '-n', anchor.nickname, '-t', 'C,,', '-a'],
    input: anchor.pem,
  }
  return exists ? [add] : [...create, add]
}

function javaActions(verb: TrustVerb, anchor: Anchor, { tool, place, password }: JavaFacts): Action[] {
  const entry = ['-alias', anchor.nickname, '-keystore', place, '-storepass:env', PASSWORD_VARIABLE]
  const variables = { [PASSWORD_VARIABLE]: password }
  return verb === 'install'
    ? [
        {
          kind: 'run',
          program: tool,
          args: ['-importcert', '-noprompt', ...entry],
          input: anchor.pem,
          variables,
        },
      ]
    : [{ kind: 'run', program: tool, args: ['-delete', ...entry], variables }]
}
