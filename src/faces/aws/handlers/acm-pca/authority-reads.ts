import { ChanceryError } from '../../../../core/domain/errors.ts'
import { authorityCsr } from '../../../../core/operations/authorities/authority-csr.ts'
import {
  describeAuthority,
  listAuthorities,
  listLentAuthorities,
} from '../../../../core/operations/authorities/read-authorities.ts'
import { requestPem } from '../../../../core/operations/certificates/certificate-facts.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import type { AcmPcaHandlers } from '../../models/acm-pca/model.ts'
import { authorityArn } from '../arns.ts'
import { pageFrom } from '../pages.ts'
import { chainText, pemText } from '../pem-texts.ts'
import { authorityOutput } from './authority-output.ts'

/** The most authorities in an answer, whatever is asked for. */
const MOST_AUTHORITIES = 100

type Part = Pick<
  AcmPcaHandlers,
  | 'DescribeCertificateAuthority'
  | 'ListCertificateAuthorities'
  | 'GetCertificateAuthorityCsr'
  | 'GetCertificateAuthorityCertificate'
>

/** Authorities as they are. */
export const authorityReads = (ports: Ports): Part => ({
  DescribeCertificateAuthority: async ({ principal, input }) => {
    const { authority } = await describeAuthority(
      ports,
      principal,
      authorityArn(input.CertificateAuthorityArn),
    )
    return { CertificateAuthority: authorityOutput(authority, ports.calendar.now()) }
  },

  ListCertificateAuthorities: async ({ principal, input }) => {
    const page = pageFrom(input.MaxResults, input.NextToken, MOST_AUTHORITIES)
    const { items, next } =
      input.ResourceOwner === 'OTHER_ACCOUNTS'
        ? await listLentAuthorities(ports, principal, page)
        : await listAuthorities(ports, principal, page, { includeDeleted: true })
    const now = ports.calendar.now()
    return { CertificateAuthorities: items.map((each) => authorityOutput(each, now)), NextToken: next }
  },

  GetCertificateAuthorityCsr: async ({ principal, input }) => {
    const der = await authorityCsr(ports, principal, authorityArn(input.CertificateAuthorityArn))
    return { Csr: requestPem(der) }
  },

  GetCertificateAuthorityCertificate: async ({ principal, input }) => {
    const { authority, chain } = await describeAuthority(
      ports,
      principal,
      authorityArn(input.CertificateAuthorityArn),
    )
    if (authority.certificate === undefined)
      throw new ChanceryError('state_conflict', 'certificateAuthorityArn: it has no certificate yet')
    return { Certificate: pemText(authority.certificate.der), CertificateChain: chainText(chain) }
  },
})
