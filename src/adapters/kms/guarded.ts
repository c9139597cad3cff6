import { ChanceryError } from '../../core/domain/errors.ts'
import { MINUTE, SECOND, type Millis } from '../../core/domain/time.ts'
import type { KmsDevice, KmsProvider } from '../../core/ports/kms-provider.ts'
import { kmsUnavailable } from './failures.ts'

export type Deadlines = {
  /** For an answer about keys that exist. */
  readonly answer: Millis
  /** For making a key: an RSA key of 4096 bits takes a device many seconds. */
  readonly make: Millis
}
const DEADLINES: Deadlines = { answer: 10 * SECOND, make: 2 * MINUTE }

/**
 * A provider that answers in time or fails: nobody waits for ever for a KMS that hangs. What comes too late is dropped.
 * @param onFailure told whenever it can't do what it should; a key that doesn't open is no failure of its
 */
export function guarded(
  provider: KmsProvider,
  onFailure: () => void = () => undefined,
  deadlines: Deadlines = DEADLINES,
): KmsProvider {
  const { name, device } = provider
  const within = async <T>(millis: Millis, work: () => Promise<T>): Promise<T> => {
    try {
      return await inTime(name, millis, work)
    } catch (error) {
      if (!(error instanceof ChanceryError && error.code === 'internal')) onFailure()
      throw error
    }
  }
  const { rotate, close } = provider
  return {
    ...provider,
    describe: () => within(deadlines.answer, () => provider.describe()),
    wrap: (dataKey, context) => within(deadlines.answer, () => provider.wrap(dataKey, context)),
    unwrap: (dataKey, context) => within(deadlines.answer, () => provider.unwrap(dataKey, context)),
    ...(rotate === undefined ? {} : { rotate: () => within(deadlines.make, () => rotate.call(provider)) }),
    ...(device === undefined ? {} : { device: guardedDevice(device, deadlines, within) }),
    ...(close === undefined ? {} : { close: () => close.call(provider) }),
  }
}

const guardedDevice = (
  device: KmsDevice,
  { answer, make }: Deadlines,
  within: <T>(millis: Millis, work: () => Promise<T>) => Promise<T>,
): KmsDevice => ({
  ...device,
  generateKeyPair: (algorithm, label) => within(make, () => device.generateKeyPair(algorithm, label)),
  publicKey: (handle) => within(answer, () => device.publicKey(handle)),
  sign: (handle, algorithm, data) => within(answer, () => device.sign(handle, algorithm, data)),
})

async function inTime<T>(name: string, millis: Millis, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(kmsUnavailable(`KMS ${name} gave no answer within ${millis / SECOND} s`, true)),
      millis,
    )
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}
