import { describe, expect, it, vi } from 'vitest'
import { kmsUnavailable } from '../../../src/adapters/kms/failures.ts'
import { CALL_LIMITS, createCalls, never } from '../../../src/adapters/kms/service-calls.ts'

const passing = () => kmsUnavailable('busy', true)
const lasting = () => kmsUnavailable('forbidden', false)
const hanging = (): Promise<never> => new Promise(() => undefined)
/** Lets everything run that waits for nothing. */
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve()
}

describe('a question', () => {
  it('is asked again, after ever longer pauses, while its failure may pass', async () => {
    const pauses: number[] = []
    const pause = async (millis: number): Promise<void> => void pauses.push(millis)
    const calls = createCalls('it', { ...CALL_LIMITS, pause })
    let asked = 0
    expect(await calls(async () => (++asked < 3 ? Promise.reject(passing()) : 'answer'))).toBe('answer')
    expect(pauses).toEqual([50, 200])
    asked = 0
    await expect(calls(async () => (asked++, Promise.reject(passing())))).rejects.toThrow('busy')
    expect(asked).toBe(3)
  })

  it('is not asked again when its failure lasts, or when it must not be done twice', async () => {
    const calls = createCalls('it', CALL_LIMITS)
    let asked = 0
    await expect(calls(async () => (asked++, Promise.reject(lasting())))).rejects.toThrow('forbidden')
    await expect(calls(async () => (asked++, Promise.reject(passing())), never)).rejects.toThrow('busy')
    await expect(calls(async () => (asked++, Promise.reject(new Error('bug'))))).rejects.toThrow('bug')
    expect(asked).toBe(3)
  })

  it('ends in time with a retryable failure, and its signal aborts', async () => {
    const calls = createCalls('Vault at https://v', { ...CALL_LIMITS, timeout: 20 })
    let heard: AbortSignal | undefined
    const asked = calls((signal) => {
      heard = signal
      return hanging()
    })
    await expect(asked).rejects.toMatchObject({
      code: 'kms_unavailable',
      details: { retryable: true },
      message: 'Vault at https://v gave no answer within 0.02 s',
    })
    expect(heard?.aborted).toBe(true)
  })
})

describe('concurrency', () => {
  it('is bounded; who waits is let in in order', async () => {
    const calls = createCalls('it', { ...CALL_LIMITS, concurrency: 2 })
    const began: number[] = []
    const ends: (() => void)[] = []
    const all = [0, 1, 2, 3].map((place) =>
      calls(async () => {
        began.push(place)
        await new Promise<void>((resolve) => ends.push(resolve))
      }),
    )
    await turns()
    expect(began).toEqual([0, 1])
    ends[1]?.()
    await turns()
    expect(began).toEqual([0, 1, 2])
    ends[0]?.()
    ends[2]?.()
    await turns()
    expect(began).toEqual([0, 1, 2, 3])
    ends[3]?.()
    await Promise.all(all)
  })

  it('is given back by what fails and by what hangs, and waiting counts for the time limit', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const calls = createCalls('it', { ...CALL_LIMITS, concurrency: 1, timeout: 20 })
      await expect(calls(() => Promise.reject(lasting()))).rejects.toThrow('forbidden')
      const outcomes: string[] = []
      const noted = (name: string): void =>
        void calls(hanging).catch(({ message }: Error) => outcomes.push(`${name}: ${message}`))
      noted('first')
      await vi.advanceTimersByTimeAsync(15)
      noted('second')
      await vi.advanceTimersByTimeAsync(15)
      expect(outcomes).toEqual(['first: it gave no answer within 0.02 s'])
      const third = calls(async () => 'answer')
      await vi.advanceTimersByTimeAsync(5)
      expect(outcomes).toEqual([
        'first: it gave no answer within 0.02 s',
        'second: it gave no answer within 0.02 s',
      ])
      expect(await third).toBe('answer')
    } finally {
      vi.useRealTimers()
    }
  })

  it('whoever waits too long leaves the line', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      let asked = false
      const waits = createCalls('it', { ...CALL_LIMITS, concurrency: 0, timeout: 20 })
      const gaveUp = waits(async () => (asked = true)).catch(({ message }: Error) => message)
      await vi.advanceTimersByTimeAsync(20)
      expect(await gaveUp).toBe('it gave no answer within 0.02 s')
      expect(asked).toBe(false)
    } finally {
      vi.useRealTimers()
    }
  })
})
