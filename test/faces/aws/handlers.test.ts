import { afterAll, beforeAll, expect, test } from 'vitest'
import { servedBy } from '../../../src/faces/aws/models/index.ts'
import { anInstallation, type Installation } from '../installation.ts'

let installation: Installation
beforeAll(async () => {
  installation = await anInstallation()
})
afterAll(() => installation.close())

test('every operation has a handler', () => {
  const missing = servedBy(installation.ports).flatMap(({ service, handlers }) =>
    Object.keys(service.operations)
      .filter((name) => handlers[name] === undefined)
      .map((name) => `${service.name}:${name}`),
  )
  expect(missing).toEqual([])
})
