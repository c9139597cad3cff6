import { readFileSync } from 'node:fs'
import { parse, YAMLParseError } from 'yaml'
import type { z } from 'zod'
import { contradictions } from './config-contradictions.ts'
import { RenewalConfigError } from './config-error.ts'
import { renewalConfig, type RenewalConfig } from './config-schema.ts'

const MAX_OCTETS = 1024 * 1024

/**
 * Reads what is to be kept renewed on this host: YAML 1.2 without aliases, no key twice.
 * @throws RenewalConfigError with each problem by its line or its path
 */
export function readRenewalConfig(path: string): RenewalConfig {
  const parsed = renewalConfig.safeParse(documentOf(path))
  if (!parsed.success) throw new RenewalConfigError(path, parsed.error.issues.map(issueText))
  const problems = contradictions(parsed.data)
  if (problems.length > 0) throw new RenewalConfigError(path, problems)
  return parsed.data
}

function documentOf(path: string): unknown {
  const failed = (problem: string): RenewalConfigError => new RenewalConfigError(path, [problem])
  let octets: Buffer
  try {
    octets = readFileSync(path)
  } catch (error) {
    throw failed(`can’t be read: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (octets.length > MAX_OCTETS) throw failed(`has more than ${MAX_OCTETS} octets`)
  try {
    return parse(octets.toString('utf8'), { version: '1.2', uniqueKeys: true, maxAliasCount: 0 })
  } catch (error) {
    const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
    const line = error instanceof YAMLParseError ? error.linePos?.[0].line : undefined
    throw failed(line === undefined ? first : `line ${line}: ${first.replace(/ at line .*$/, '')}`)
  }
}

function issueText({ path, message, code, ...rest }: z.core.$ZodIssue): string {
  const field = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('')
  const text =
    code === 'unrecognized_keys' && 'keys' in rest ? `${String(rest.keys)} is not known here` : message
  return `${field.replace(/^\./, '') || 'the file'}: ${text}`
}
