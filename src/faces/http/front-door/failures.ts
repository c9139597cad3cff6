import { ChanceryError } from '../../../core/domain/errors.ts'
import type { Guard } from '../authenticate.ts'
import { entranceOf } from './entrance.ts'
import type { RateLimits } from './rate-limits.ts'

/**
 * An address may fail to be authenticated only so often: then nothing that it shows is looked at, until the window is over.
 * Throws `throttled`.
 */
export const failureGuard =
  (limits: RateLimits): Guard =>
  async (request, authenticate) => {
    const { address } = entranceOf(request)
    await limits.refuseAfterFailures(address)
    try {
      return await authenticate()
    } catch (error) {
      if (error instanceof ChanceryError && error.code === 'unauthenticated')
        await limits.countFailure(address)
      throw error
    }
  }
