import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Service } from '../../../src/faces/aws/service-model.ts'
import { SERVICES } from '../../../src/faces/aws/models/index.ts'
import { AwsFailure, anAwsWorld, hasBoto3, type AwsWorld } from '../../support/aws.ts'
import { leastInput } from '../../support/aws/least-input.ts'

const PAGE = join(import.meta.dirname, '../../../docs/aws-operations.md')
/** boto3's model is older than the operation; the SDK for JavaScript calls it in acm.test.ts. */
const NOT_IN_BOTO3 = new Set(['ListCertificateDomainValidations'])
/** What a client would wait for, or try again, in vain. */
const NO_ANSWER = ['UnknownOperationException', 'InternalFailure', 'ServerInternalException', 'Unknown']

type Answer = { readonly name: string; readonly said: string; readonly refused?: string }

describe.runIf(hasBoto3())('every operation, called by boto3 with the least that it takes', () => {
  let world: AwsWorld
  beforeAll(async () => {
    world = await anAwsWorld()
  })
  afterAll(() => world.dispose())

  async function answerTo(service: Service, name: string): Promise<Answer> {
    const operation = service.operations[name]
    if (operation === undefined) throw new Error(`${service.name} has no ${name}`)
    const input = leastInput(operation.input, world.main.account)
    try {
      await world.boto3.call({ service: service.name, operation: name, input })
      return { name, said: 'done' }
    } catch (error) {
      if (!(error instanceof AwsFailure)) throw error
      const { type, status, message } = error.aws
      expect([name, type, status < 500 && status >= 400, message]).toEqual([name, type, true, message])
      expect(NO_ANSWER).not.toContain(type)
      return { name, said: `\`${type}\``, ...(/ACME/.test(message) ? { refused: message } : {}) }
    }
  }

  test('is known and answered; the table in the documentation says the same', async () => {
    const parts: string[] = []
    for (const service of SERVICES) {
      const rows: string[] = []
      const names = Object.keys(service.operations).filter((name) => !NOT_IN_BOTO3.has(name))
      for (const name of names.toSorted()) {
        const { said, refused } = await answerTo(service, name)
        rows.push(`| ${name} | ${refused === undefined ? 'yes' : 'refused'} | ${said} |`)
      }
      parts.push(
        `## ${service.name}\n\n| operation | status | answer |\n| --- | --- | --- |\n${rows.join('\n')}\n`,
      )
    }
    const page = `${HEAD}\n${parts.join('\n')}`
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, page)
    expect(readFileSync(PAGE, 'utf8')).toBe(page)
  }, 120_000)
})

const HEAD = `<!-- Written by test/integration/aws/operations.test.ts with UPDATE_DOCS=1 -->
<!-- prettier-ignore-start -->

# Operations of AWS's services, as they are answered

A test calls each operation with boto3, unmodified, against a running server, with the least input that satisfies its
constraints, about things that aren't there; one that isn't known, or is answered with 5xx, fails the test. *answer*: what
such a call got. *refused*: an operation of ACM's ACME endpoints, which say with a clear error that there are none here.
How clients are set up, and where Chancery differs from AWS, is on [another page](aws.md).
`
