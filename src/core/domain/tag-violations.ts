import type { Violation } from './errors.ts'
import { MAX_TAG_KEY, MAX_TAG_VALUE, MAX_TAGS } from './managed-certificates.ts'

/** Contract §7.7. */
export function tagViolations(tags: Readonly<Record<string, string>>): Violation[] {
  const entries = Object.entries(tags)
  const violations: Violation[] = []
  if (entries.length > MAX_TAGS)
    violations.push({ code: 'tags_count', field: 'tags', message: `at most ${MAX_TAGS} tags` })
  for (const [key, value] of entries.slice(0, MAX_TAGS)) {
    const field = `tags.${key.slice(0, MAX_TAG_KEY)}`
    if (key === '' || key.length > MAX_TAG_KEY)
      violations.push({ code: 'tag_key', field, message: `a key has 1 to ${MAX_TAG_KEY} characters` })
    if (/^aws:/i.test(key))
      violations.push({ code: 'tag_key', field, message: 'keys that begin with aws: are reserved' })
    if (value.length > MAX_TAG_VALUE)
      violations.push({
        code: 'tag_value',
        field,
        message: `a value has at most ${MAX_TAG_VALUE} characters`,
      })
  }
  return violations
}
