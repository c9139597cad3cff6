/**
 * The grammar of RFC 8659 §4.2, rule for rule as it is printed there: each rule is given a text and a place, and returns
 * every place where it may end. Slow, and written without looking at how the product does it.
 */
type Rule = (text: string, at: number) => Set<number>

const char =
  (is: (code: number) => boolean): Rule =>
  (text, at) =>
    at < text.length && is(text.charCodeAt(at)) ? new Set([at + 1]) : new Set()
const literal = (sign: string): Rule => char((code) => code === sign.charCodeAt(0))
const sequence =
  (...rules: Rule[]): Rule =>
  (text, at) => {
    let ends = new Set([at])
    for (const rule of rules) ends = new Set([...ends].flatMap((end) => [...rule(text, end)]))
    return ends
  }
const either =
  (...rules: Rule[]): Rule =>
  (text, at) =>
    new Set(rules.flatMap((rule) => [...rule(text, at)]))
const optional = (rule: Rule): Rule => either((_, at) => new Set([at]), rule)
const many =
  (rule: Rule): Rule =>
  (text, at) => {
    const ends = new Set([at])
    for (const end of ends) for (const next of rule(text, end)) ends.add(next)
    return ends
  }

const alphaOrDigit = char(
  (code) => (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122),
)
const wsp = char((code) => code === 0x20 || code === 0x09)
const label = sequence(alphaOrDigit, many(sequence(many(literal('-')), alphaOrDigit)))
const tag = label
const value = many(char((code) => (code >= 0x21 && code <= 0x3a) || (code >= 0x3c && code <= 0x7e)))
const parameter = sequence(tag, many(wsp), literal('='), many(wsp), value)
const parameters: Rule = (text, at) =>
  either(sequence(parameter, many(wsp), literal(';'), many(wsp), parameters), parameter)(text, at)
const issuerDomainName = sequence(label, many(sequence(literal('.'), label)))
const issueValue = sequence(
  many(wsp),
  optional(sequence(issuerDomainName, many(wsp))),
  optional(sequence(literal(';'), many(wsp), optional(sequence(parameters, many(wsp))))),
)

/** Whether the grammar has this text as an issue-value. */
export const isIssueValue = (text: string): boolean => issueValue(text, 0).has(text.length)
