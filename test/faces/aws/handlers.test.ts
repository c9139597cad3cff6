import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedBy } from '../../../src/faces/aws/models/index.ts'
import { anInstallation, type Installation } from '../installation.ts'

let installation: Installation
beforeAll(async () => {
  installation = await anInstallation()
})
afterAll(() => installation.close())

/** Services that are still being built. */
const UNFINISHED = ['ram']

test('every operation has a handler', () => {
  const missing = servedBy(installation.ports)
    .filter(({ service }) => !UNFINISHED.includes(service.name))
    .flatMap(({ service, handlers }) =>
      Object.keys(service.operations)
        .filter((name) => handlers[name] === undefined)
        .map((name) => `${service.name}:${name}`),
    )
  expect(missing).toEqual([])
})
