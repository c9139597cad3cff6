import { addManagedTags, managedTags, removeManagedTags } from '../../../../core/operations/managed/tags.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { ValueOf } from '../../shapes/shape.ts'
import type * as shapes from '../../models/acm/shapes.ts'
import { certificateArn } from './arns.ts'
import type { AcmHandlers } from '../../models/acm/model.ts'

type TagList = ValueOf<typeof shapes.TagList>
type Part = Pick<
  AcmHandlers,
  | 'AddTagsToCertificate'
  | 'RemoveTagsFromCertificate'
  | 'ListTagsForCertificate'
  | 'TagResource'
  | 'UntagResource'
  | 'ListTagsForResource'
>

/** Tags, by the operations for certificates and by those for any resource: certificates are what there is. */
export const certificateTags = (ports: Ports): Part => ({
  AddTagsToCertificate: async ({ principal, input }) => {
    const id = certificateArn(input.CertificateArn)
    await addManagedTags(ports, principal, { id, tags: tagsFrom(input.Tags) })
    return undefined
  },

  RemoveTagsFromCertificate: async ({ principal, input }) => {
    const id = certificateArn(input.CertificateArn)
    const tags = unique(input.Tags.map(({ Key, Value }) => [Key, Value] as const))
    await removeManagedTags(ports, principal, { id, tags })
    return undefined
  },

  ListTagsForCertificate: async ({ principal, input }) => ({
    Tags: tagList(await managedTags(ports, principal, certificateArn(input.CertificateArn))),
  }),

  TagResource: async ({ principal, input }) => {
    await addManagedTags(ports, principal, { id: input.ResourceArn, tags: tagsFrom(input.Tags) })
    return undefined
  },

  UntagResource: async ({ principal, input }) => {
    const tags = Object.fromEntries(input.TagKeys.map((key) => [key, undefined]))
    await removeManagedTags(ports, principal, { id: input.ResourceArn, tags })
    return undefined
  },

  ListTagsForResource: async ({ principal, input }) => ({
    Tags: tagList(await managedTags(ports, principal, input.ResourceArn)),
  }),
})

const tagList = (tags: Readonly<Record<string, string>>): TagList =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** Tags as the core has them: one without a value has the empty one. @throws AwsRefusal for a key that is there twice */
export const tagsFrom = (tags: TagList = []): Readonly<Record<string, string>> =>
  unique(tags.map(({ Key, Value = '' }) => [Key, Value] as const))

function unique<Value>(entries: readonly (readonly [string, Value])[]): Readonly<Record<string, Value>> {
  const record = Object.fromEntries(entries)
  if (Object.keys(record).length < entries.length)
    throw new AwsRefusal('InvalidTagException', 'Tags: a key is there more than once')
  return record
}
