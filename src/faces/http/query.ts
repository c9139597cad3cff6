import { z } from 'zod'
import { PRESIGNED_PARAMETERS } from '../../core/domain/sigv4/claim.ts'
import { invalid } from './refusal.ts'

/** A query string's parameters, not yet validated, with numbers where the schema has numbers. */
export type QueryReader = (url: string) => Record<string, unknown>

/**
 * Makes the reader for one route's query. Numbers are decimal digits only: what `Number` takes besides (`0x10`, `1e3`,
 * blanks) stays text, and the schema refuses it.
 * @throws (the reader) request_invalid for a parameter given twice and for escapes that aren't UTF-8
 */
export function queryReader(schema: z.ZodObject | undefined): QueryReader {
  const numeric = new Set<string>()
  for (const [name, member] of Object.entries(schema?.shape ?? {})) if (isNumber(member)) numeric.add(name)
  return (url) => {
    const start = url.indexOf('?')
    if (start === -1 || start === url.length - 1) return {}
    const entries = new Map<string, unknown>()
    for (const pair of url.slice(start + 1).split('&')) {
      if (pair === '') continue
      const equals = pair.indexOf('=')
      const name = decoded(equals === -1 ? pair : pair.slice(0, equals), 'query')
      // What a presigned request is signed with: authentication has read it.
      if (PRESIGNED_PARAMETERS.has(name)) continue
      if (entries.has(name)) throw invalid(name.slice(0, 100), 'repeated', 'is there twice')
      const text = equals === -1 ? '' : decoded(pair.slice(equals + 1), name.slice(0, 100))
      entries.set(name, numeric.has(name) && /^[0-9]{1,10}$/.test(text) ? Number(text) : text)
    }
    // fromEntries defines members: a parameter called __proto__ is a member like any other, and refused as unknown.
    return Object.fromEntries(entries)
  }
}

function isNumber(member: unknown): boolean {
  if (member instanceof z.ZodOptional || member instanceof z.ZodDefault) return isNumber(member.unwrap())
  return member instanceof z.ZodNumber
}

function decoded(text: string, field: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw invalid(field, 'escape', 'holds a percent escape that is not UTF-8')
  }
}
