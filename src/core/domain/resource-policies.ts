import type { Violation } from './errors.ts'
import { isShareable } from './share-permissions.ts'

type Member = string | readonly string[] | undefined
type StatementText = {
  readonly Effect?: string
  readonly Principal?: '*' | Readonly<Record<string, Member>>
  readonly Action?: Member
  readonly Resource?: Member
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, Member>>>>
}

/**
 * What a policy about an authority may not say, beyond what no policy may: it allows and never denies, names what an
 * authority's owner can share and this authority, and everybody only within an organization (contract §5.8).
 * @param policy a document that was understood
 * @param arn the authority's
 */
export function resourcePolicyViolations(policy: unknown, arn: string, field: string): Violation[] {
  const { Statement = [] } = policy as { readonly Statement?: StatementText | readonly StatementText[] }
  const statements = Array.isArray(Statement) ? (Statement as readonly StatementText[]) : [Statement]
  return (statements as readonly StatementText[]).flatMap((statement, index) =>
    statementViolations(statement, arn, `${field}.Statement[${index}]`),
  )
}

function statementViolations(statement: StatementText, arn: string, path: string): Violation[] {
  const violations: Violation[] = []
  const add = (code: string, member: string, message: string) =>
    violations.push({ code, field: `${path}.${member}`, message })
  const { Effect, Principal, Action, Resource } = statement
  if (Effect !== 'Allow') add('effect', 'Effect', 'is Allow here: whoever isn’t allowed has no access anyway')
  if (Action === undefined) add('action', 'Action', 'is needed: what others may do is listed')
  for (const action of listOf(Action))
    if (!isShareable(action))
      add('action', 'Action', `${action.slice(0, 100)} is nothing that can be shared with other accounts`)
  if (Resource === undefined || listOf(Resource).some((each) => each !== arn))
    add('resource', 'Resource', `is this authority, ${arn}`)
  if (isEverybody(Principal) && !isWithinOrganization(statement))
    add(
      'principal',
      'Principal',
      'is everybody: say which accounts, or add "StringEquals": {"aws:PrincipalOrgID": "o-…"}',
    )
  return violations
}

const listOf = (member: Member): readonly string[] =>
  member === undefined ? [] : typeof member === 'string' ? [member] : member

const isEverybody = (principal: StatementText['Principal']): boolean =>
  principal === '*' || Object.values(principal ?? {}).some((names) => listOf(names).includes('*'))

/** Only a condition that fails for callers without an organization limits to one. */
const isWithinOrganization = ({ Condition = {} }: StatementText): boolean =>
  Object.entries(Condition).some(
    ([operator, keys]) =>
      operator === 'StringEquals' &&
      Object.entries(keys).some(
        ([key, values]) =>
          key.toLowerCase() === 'aws:principalorgid' &&
          listOf(values).every((each) => /^o-[a-z0-9]+$/.test(each)),
      ),
  )
