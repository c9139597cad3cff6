import { refuse } from '../errors.ts'
import { Findings, type Spot } from './findings.ts'
import { membersOf } from './parsed-nodes.ts'
import { parseStatement } from './parse-statement.ts'
import { LONGEST_POLICY, type Policy, type PolicyKind, type Statement } from './policy.ts'
import { JsonProblem, positionedJson, shown, type JsonNode } from './positioned-json.ts'

/** Policy, statements, statement, conditions, operator, values: six levels are all that a policy can use. */
const DEEPEST = 8
const MOST_STATEMENTS = 200
/** The language's versions. In the older one there are no variables. */
const VERSIONS = ['2012-10-17', '2008-10-17'] as const
const OLDER = '2008-10-17'

/**
 * Reads a policy of IAM's language and makes it ready to decide.
 * @param name what decisions call it
 * @param field what refusals call it: the request's member that holds the document
 * @throws request_invalid naming everything that can't be understood, with its path, line and column
 */
export function parsePolicy(text: string, kind: PolicyKind, name = 'policy', field = 'policy'): Policy {
  const longest = LONGEST_POLICY[kind]
  if (text.length > longest)
    refuse('request_invalid', [
      {
        code: 'length',
        field,
        message: `has ${text.length} characters; this kind of policy has at most ${longest}`,
      },
    ])
  const findings = new Findings(text)
  const root = parsed(text, field, findings)
  const statements = statementsOf(root, kind, field, findings)
  findings.refuse()
  return Object.freeze({ name, statements: Object.freeze(statements) })
}

function parsed(text: string, field: string, findings: Findings): JsonNode {
  try {
    return positionedJson(text, DEEPEST)
  } catch (error) {
    if (!(error instanceof JsonProblem)) throw error
    findings.add(error.code, { path: field, at: error.at }, error.message)
    findings.refuse()
    throw error
  }
}

function statementsOf(root: JsonNode, kind: PolicyKind, field: string, findings: Findings): Statement[] {
  const members = membersOf(root, field, findings, ['Version', 'Id', 'Statement'])
  if (members === undefined) return []
  const spot: Spot = { path: field, at: root.at }
  const version = members.get('Version')?.value
  // As in IAM, a policy without a version is in the older language.
  const language = version === undefined ? OLDER : version.kind === 'string' ? version.value : ''
  if (!(VERSIONS as readonly string[]).includes(language))
    findings.add(
      'version',
      { path: `${field}.Version`, at: version?.at ?? root.at },
      `is no version of the policy language: write ${VERSIONS.join(', or ')}`,
    )
  const id = members.get('Id')?.value
  if (id !== undefined && id.kind !== 'string')
    findings.add('type', { path: `${field}.Id`, at: id.at }, 'is not a text')
  const statement = members.get('Statement')?.value
  if (statement === undefined) {
    findings.add('missing', spot, 'has no Statement')
    return []
  }
  const path = `${field}.Statement`
  const nodes = statement.kind === 'array' ? statement.items : [statement]
  if (nodes.length === 0 || nodes.length > MOST_STATEMENTS)
    findings.add('length', { path, at: statement.at }, `has 1 to ${MOST_STATEMENTS} statements`)
  const parsedOnes = nodes.map((node, i) =>
    parseStatement(node, statement.kind === 'array' ? `${path}[${i}]` : path, {
      kind,
      variables: language !== OLDER,
      findings,
    }),
  )
  refuseTwins(parsedOnes, nodes, path, findings)
  return parsedOnes.filter((each) => each !== undefined)
}

/** A statement's name that stands twice would make `by` in a decision ambiguous; IAM refuses it too. */
function refuseTwins(
  statements: readonly (Statement | undefined)[],
  nodes: readonly JsonNode[],
  path: string,
  findings: Findings,
): void {
  const seen = new Set<string>()
  for (const [i, statement] of statements.entries()) {
    if (statement?.sid === undefined) continue
    if (seen.has(statement.sid))
      findings.add(
        'repeated',
        { path: `${path}[${i}].Sid`, at: nodes[i]?.at ?? 0 },
        `“${shown(statement.sid)}” names another statement already`,
      )
    seen.add(statement.sid)
  }
}
