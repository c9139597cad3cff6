import { describe, expect, test } from 'vitest'
import { isDone, nextGeneration, nextStep, ROTATION_STEPS } from '../../../src/core/domain/rotations.ts'

describe('steps of a rotation', () => {
  test('come one after the other, and none after the last', () => {
    const seen = []
    for (let step = nextStep({ step: undefined, end: undefined }); step !== undefined;) {
      seen.push(step)
      expect(isDone({ step }, step)).toBe(true)
      step = nextStep({ step, end: undefined })
    }
    expect(seen).toEqual([...ROTATION_STEPS])
  })

  test('none is left of one that has ended', () => {
    expect(nextStep({ step: 'create', end: { at: 0, outcome: 'reversed' } })).toBeUndefined()
  })

  test('what is done: everything up to the last step', () => {
    expect(ROTATION_STEPS.filter((step) => isDone({ step: 'publish' }, step))).toEqual([
      'create',
      'cross-sign',
      'publish',
    ])
    expect(isDone({ step: undefined }, 'create')).toBe(false)
  })
})

test.each([
  ['Root', 'Root G2'],
  ['Root G2', 'Root G3'],
  ['Root G9', 'Root G10'],
  ['Root G99', 'Root G100'],
  ['Root G1', 'Root G1 G2'],
  ['Root G0', 'Root G0 G2'],
  ['G2', 'G2 G2'],
])('after %s comes %s', (name, next) => {
  expect(nextGeneration(name)).toBe(next)
})
