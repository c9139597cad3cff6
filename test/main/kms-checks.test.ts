import { expect, test } from 'vitest'
import { kmsUnavailable } from '../../src/adapters/kms/failures.ts'
import { checkRecorder } from '../../src/main/kms-checks.ts'
import { memoryLogger } from '../support/memory-logger.ts'

const unreached = kmsUnavailable('no connection', true)
const denied = kmsUnavailable('key disabled', false)

test('a KMS that denies has opened keys dropped, once; one that isn’t reached has not', () => {
  const logger = memoryLogger()
  const metric: boolean[] = []
  let forgets = 0
  const metrics = { kmsUp: (_: string, is: boolean) => void metric.push(is) }
  const check = checkRecorder(metrics, logger, () => forgets++)
  const after = (error?: Error) => {
    check('vault-transit', error === undefined, error)
    return [forgets, ...logger.lines.splice(0).map(({ level }) => level)]
  }
  expect(after()).toEqual([0])
  expect(after(unreached)).toEqual([0, 'error'])
  expect(after(unreached)).toEqual([0])
  expect(after(denied)).toEqual([1, 'error'])
  expect(after(denied)).toEqual([1])
  expect(after()).toEqual([1, 'info'])
  expect(after(new Error('?'))).toEqual([1, 'error'])
  expect(metric).toEqual([true, false, false, false, false, true, false])
})
