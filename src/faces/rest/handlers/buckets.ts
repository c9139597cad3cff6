import { isoOf } from '../../../core/domain/time.ts'
import { deleteBucket, listBuckets } from '../../../core/operations/buckets/buckets.ts'
import type { Ports } from '../../../core/ports/ports.ts'
import type { Handlers } from '../../http/serve.ts'
import { pageRequestOf } from '../requests.ts'

type Part = Pick<Handlers, 'listBuckets' | 'deleteBucket'>

/** Buckets. */
export const bucketHandlers = (ports: Ports): Part => ({
  listBuckets: async ({ principal, query }) => {
    const { items, next } = await listBuckets(ports, principal, pageRequestOf(query))
    return { items: items.map(({ name, createdAt }) => ({ name, createdAt: isoOf(createdAt) })), next }
  },
  deleteBucket: async ({ principal, params }) => {
    await deleteBucket(ports, principal, params.bucket)
    return undefined
  },
})
