import type { Route } from '../route.ts'
import * as buckets from '../schemas/buckets.ts'
import { plain } from './shared.ts'

/** Buckets; they are made by what uses them. */
export const BUCKETS_ROUTES = {
  listBuckets: {
    method: 'GET',
    path: '/v1/buckets',
    operationId: 'listBuckets',
    tag: 'Buckets',
    summary: 'List the account’s buckets by name',
    request: { query: buckets.bucketListQuery },
    response: { status: 200, description: 'A page of buckets.', body: buckets.bucketPage },
    errors: [],
    ...plain,
  },
  deleteBucket: {
    method: 'DELETE',
    path: '/v1/buckets/{bucket}',
    operationId: 'deleteBucket',
    tag: 'Buckets',
    summary: 'Give up a bucket that no authority and no audit report names',
    description: 'Any account may use the name from then on. CRLs are served at the URLs of before.',
    request: { params: buckets.bucketParams },
    response: { status: 204, description: 'It is the account’s no more.' },
    errors: ['not_found', 'state_conflict'],
    ...plain,
  },
} as const satisfies Record<string, Route>
