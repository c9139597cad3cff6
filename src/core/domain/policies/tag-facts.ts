import type { Facts } from './policy.ts'

/**
 * Tags as conditions ask about them, by keys in lower case. Two tags whose keys differ in that only are one key with two
 * values: a condition must then hold for both to allow.
 * @param prefix whose tags: the resource's as it is, or those in the request
 */
export function tagFacts(
  prefix: 'aws:resourcetag' | 'aws:requesttag',
  tags: Readonly<Record<string, string>>,
): Facts {
  const facts: Record<string, string | readonly string[]> = {}
  for (const [key, value] of Object.entries(tags)) {
    const name = `${prefix}/${key.toLowerCase()}`
    const known = facts[name]
    facts[name] = known === undefined ? value : [known, value].flat()
  }
  return facts
}

/** Tags that a request brings: each of them, and which they are. */
export const requestTagFacts = (tags: Readonly<Record<string, string>>): Facts => ({
  ...tagFacts('aws:requesttag', tags),
  ...(Object.keys(tags).length === 0 ? {} : { 'aws:tagkeys': Object.keys(tags) }),
})
