import { readFileSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { authorityCreation } from '../../contract/schemas/authorities.ts'
import { sha256Hex } from './digests.ts'

const MAX_OCTETS = 256 * 1024

/** A ceremony ends with what it certified: nobody comes back with a certificate from outside. */
const certifiedHere = authorityCreation.refine(({ certificate }) => certificate !== 'external', {
  path: ['certificate'],
  error: 'a ceremony certifies its authorities itself',
})

/** A ceremony as its plan says it; authorities have the fields of `POST /v1/authorities`. */
const plan = z.strictObject({
  format: z.literal('chancery-ceremony/1', 'must be chancery-ceremony/1'),
  title: z.string().min(1).max(200),
  participants: z
    .array(z.strictObject({ name: z.string().min(1).max(200), role: z.string().min(1).max(200) }))
    .max(50)
    .default([]),
  authorities: z.array(certifiedHere).min(1).max(20),
})
export type CeremonyPlan = z.infer<typeof plan>

export type LoadedPlan = {
  readonly plan: CeremonyPlan
  /** The file as it stands: what its participants have read. */
  readonly text: string
  /** SHA-256 of the file in hex. */
  readonly sha256: string
}

/** What is wrong with a plan, a line each. */
export class PlanError extends Error {
  readonly problems: readonly string[]
  constructor(path: string, problems: readonly string[]) {
    super(`${path} can't be carried out`)
    this.problems = problems
  }
}

/**
 * Reads a plan in YAML 1.2; without aliases, and no key twice, since people must be able to read it as the program
 * does.
 * @throws PlanError with each problem by its line or its field
 */
export function readPlan(path: string): LoadedPlan {
  const text = textOf(path)
  const parsed = plan.safeParse(documentOf(path, text))
  if (!parsed.success) throw new PlanError(path, parsed.error.issues.map(issueText))
  const problems = contradictions(parsed.data)
  if (problems.length > 0) throw new PlanError(path, problems)
  return { plan: parsed.data, text, sha256: sha256Hex(Buffer.from(text)) }
}

function textOf(path: string): string {
  let octets: Buffer
  try {
    octets = readFileSync(path)
  } catch (error) {
    throw new PlanError(path, [`can't be read: ${error instanceof Error ? error.message : String(error)}`])
  }
  if (octets.length > MAX_OCTETS) throw new PlanError(path, [`has more than ${MAX_OCTETS} octets`])
  return octets.toString('utf8')
}

function documentOf(path: string, text: string): unknown {
  try {
    return parse(text, { version: '1.2', uniqueKeys: true, maxAliasCount: 0, prettyErrors: true })
  } catch (error) {
    if (error instanceof YAMLParseError) {
      const line = error.linePos?.[0].line
      throw new PlanError(path, [
        `${line === undefined ? '' : `line ${line}: `}${error.message.split('\n')[0]}`,
      ])
    }
    throw new PlanError(path, [error instanceof Error ? error.message : String(error)])
  }
}

/** `authorities[0].subject.country: …`, as other messages name fields. */
function issueText({ path, message, code, ...rest }: z.core.$ZodIssue): string {
  const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const keys = code === 'unrecognized_keys' && 'keys' in rest ? ` (${String(rest.keys)})` : ''
  return `${field.replace(/^\./, '') || 'the plan'}: ${message}${keys}`
}

/** Authorities in an order in which they can be made, none twice. */
function contradictions({ authorities }: CeremonyPlan): string[] {
  const known = new Set<string>()
  return authorities.flatMap(({ name, kind, parent }, place) => {
    const problems: string[] = []
    if (known.has(name)) problems.push(`authorities[${place}].name: “${name}” stands there twice`)
    if (kind === 'subordinate' && authorities.slice(place).some((later) => later.name === parent))
      problems.push(`authorities[${place}].parent: “${parent}” must stand before the authorities below it`)
    known.add(name)
    return problems
  })
}
