import type { Tags } from '../../../../core/domain/identities.ts'
import {
  authorityTags,
  tagAuthority,
  untagAuthority,
} from '../../../../core/operations/authorities/authority-tags.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import { AwsRefusal } from '../../refusals.ts'
import type { AcmPcaHandlers } from '../../models/acm-pca/model.ts'
import { authorityArn } from '../arns.ts'
import { onePage } from '../pages.ts'

type Part = Pick<AcmPcaHandlers, 'TagCertificateAuthority' | 'UntagCertificateAuthority' | 'ListTags'>

/** Tags of authorities. */
export const authorityTagHandlers = (ports: Ports): Part => ({
  TagCertificateAuthority: async ({ principal, input }) => {
    const reference = authorityArn(input.CertificateAuthorityArn)
    await tagAuthority(ports, principal, { reference, tags: tagsFrom(input.Tags) })
    return undefined
  },

  UntagCertificateAuthority: async ({ principal, input }) => {
    const reference = authorityArn(input.CertificateAuthorityArn)
    const tags = input.Tags.map(({ Key, Value }) => ({ key: Key, value: Value }))
    await untagAuthority(ports, principal, { reference, tags })
    return undefined
  },

  ListTags: async ({ principal, input }) => {
    const tags = await authorityTags(ports, principal, authorityArn(input.CertificateAuthorityArn))
    const all = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))
    const { items, next } = onePage(all, input.MaxResults, input.NextToken)
    return { Tags: items, NextToken: next }
  },
})

/** @throws AwsRefusal `InvalidTagException` for a key that is there twice: which value counts would be anybody's guess */
export function tagsFrom(
  given: readonly { readonly Key: string; readonly Value?: string | undefined }[],
): Tags {
  const tags = new Map(given.map(({ Key, Value }) => [Key, Value ?? '']))
  if (tags.size < given.length) throw new AwsRefusal('InvalidTagException', 'tags: a key is there twice')
  return Object.fromEntries(tags)
}
