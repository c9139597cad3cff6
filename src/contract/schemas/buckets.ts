import { z } from 'zod'
import { pageOf, pageQuery, timestamp } from './common.ts'

/** A bucket's name; whether it is a right one the core says. */
export const bucketName = (description: string) =>
  z
    .string()
    .min(3)
    .max(63)
    .meta({ description, examples: ['pki-example'] })

export const bucketParams = z
  .strictObject({ bucket: bucketName('Name of the bucket.') })
  .meta({ description: 'Which bucket.' })

export const bucketListQuery = z.strictObject(pageQuery).meta({ description: 'Which page.' })

export const bucket = z
  .object({
    name: bucketName('Its name, which no other account has.'),
    createdAt: timestamp('When it was first used.'),
  })
  .meta({ id: 'Bucket', description: 'A name under which the account keeps CRLs and audit reports.' })
export type BucketJson = z.infer<typeof bucket>

export const bucketPage = pageOf('BucketPage', bucket, 'buckets')
