import { describe, expect, test } from 'vitest'
import { checkHttp } from '../../../../src/core/operations/validation/check-http.ts'
import { PROBE_FAILURES, type HttpProbe, type ProbeAnswer } from '../../../../src/core/ports/http-probe.ts'
import { perspectiveOn, zoneResolver } from '../../../support/zone-resolver.ts'

const expected = {
  from: 'http://example.com/.well-known/pki-validation/0123456789abcdef0123456789abcdef.txt',
  to: 'http://pki.example.net/validation/1.txt',
  content: 'chancery-validation=fedcba98',
}
const answered = (body: string, status = 200, visited = [expected.from]): ProbeAnswer => ({
  outcome: 'answered',
  status,
  body: new Uint8Array(Buffer.from(body, 'latin1')),
  address: '192.0.2.7',
  visited,
  milliseconds: 3,
})

function check(...answers: ProbeAnswer[]) {
  const asked: string[] = []
  const [primary, ...remote] = answers.map((answer, at) => {
    const probe: HttpProbe = {
      get: async (url) => {
        asked.push(url)
        return answer
      },
    }
    return perspectiveOn(zoneResolver({}), at === 0 ? 'primary' : `remote-${at}`, probe)
  })
  if (primary === undefined) throw new Error('no perspective')
  const perspectives = { primary, remote, quorum: remote.length }
  return { asked, result: checkHttp(perspectives, expected, 7) }
}

describe('the content', () => {
  test.each([
    ['as it is', expected.content],
    ['with a line end', `${expected.content}\n`],
    ['with white space at its end', `${expected.content} \t\r\n\r\n`],
  ])('passes %s', async (_, body) => {
    const { asked, result } = check(answered(body))
    expect(asked).toEqual([expected.from])
    expect(await result).toMatchObject({
      verdict: 'passed',
      evidence: [{ kind: 'http', question: expected.from, resolver: '192.0.2.7', verdict: 'passed', at: 7 }],
    })
  })

  test.each([
    ['of another', 'chancery-validation=other'],
    ['with something before it', ` ${expected.content}`],
    ['with something after it', `${expected.content}\nx`],
    ['in a page', `<html>${expected.content}</html>`],
    ['in capitals', expected.content.toUpperCase()],
    ['that is empty', ''],
    ['that is white space', ' \n'],
    ['that repeats what was asked for', expected.from],
    ['that isn’t ASCII', `${expected.content}\xa0`],
  ])('is refused %s', async (_, body) => {
    expect(await check(answered(body)).result).toMatchObject({
      verdict: 'refused',
      reason: `${expected.from}: the content is another one; ${expected.from} must return or redirect to what stands at ${expected.to}`,
    })
  })

  test('counts at the end of redirects, and the evidence says which', async () => {
    const result = await check(answered(expected.content, 200, [expected.from, expected.to])).result
    expect(result.verdict).toBe('passed')
    expect(result.evidence[0]?.answer).toMatch(
      `${expected.from} → ${expected.to}: 200, ${expected.content.length} octets with SHA-256 `,
    )
  })

  test('is kept as its hash only', async () => {
    const result = await check(answered('a secret that a stranger serves')).result
    expect(JSON.stringify(result)).not.toContain('a secret')
  })
})

test.each([
  [404, 'refused'],
  [403, 'refused'],
  [204, 'refused'],
  [206, 'refused'],
  [304, 'refused'],
  [500, 'undecided'],
  [503, 'undecided'],
])('a status of %d, with the right content, is %s', async (status, verdict) => {
  const result = await check(answered(expected.content, status)).result
  expect(result).toMatchObject({ verdict })
  expect(result.reason).toContain(`the server answers ${status}`)
})

test.each(PROBE_FAILURES)('a probe that fails passes nothing: %s', async (reason) => {
  const visited = [expected.from]
  const failed: ProbeAnswer = { outcome: 'failed', reason, detail: 'so it is', visited, milliseconds: 1 }
  const { verdict, reason: said } = await check(failed).result
  const again = ['unresolved', 'unreachable', 'timeout'].includes(reason)
  expect(verdict).toBe(again ? 'undecided' : 'refused')
  expect(said).toContain('so it is')
})

test('a perspective that sees other content keeps a name from passing', async () => {
  const result = await check(answered(expected.content), answered('other')).result
  expect(result.verdict).toBe('refused')
  expect(result.evidence).toHaveLength(2)
})
