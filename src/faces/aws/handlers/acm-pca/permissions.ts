import { refuse } from '../../../../core/domain/errors.ts'
import { CERTIFICATE_SERVICE, SERVICE_ACTIONS } from '../../../../core/domain/share-permissions.ts'
import type { Principal } from '../../../../core/domain/access.ts'
import {
  deleteAuthorityPolicy,
  getAuthorityPolicy,
  putAuthorityPolicy,
} from '../../../../core/operations/sharing/authority-policy.ts'
import {
  createServicePermission,
  deleteServicePermission,
  getServicePermission,
} from '../../../../core/operations/sharing/service-permission.ts'
import type { Ports } from '../../../../core/ports/ports.ts'
import type { AcmPcaHandlers } from '../../models/acm-pca/model.ts'
import { authorityArn } from '../arns.ts'
import { onePage } from '../pages.ts'

type Part = Pick<
  AcmPcaHandlers,
  'CreatePermission' | 'DeletePermission' | 'ListPermissions' | 'PutPolicy' | 'GetPolicy' | 'DeletePolicy'
>

/** Who else may use an authority: the service of managed certificates, and other accounts. */
export const permissionHandlers = (ports: Ports): Part => ({
  CreatePermission: async ({ principal, input }) => {
    refuseOthers(principal, input)
    const authority = authorityArn(input.CertificateAuthorityArn)
    const actions = SERVICE_ACTIONS.filter((action) => input.Actions.includes(action))
    await createServicePermission(ports, principal, { authority, actions })
    return undefined
  },

  DeletePermission: async ({ principal, input }) => {
    refuseOthers(principal, input)
    await deleteServicePermission(ports, principal, authorityArn(input.CertificateAuthorityArn))
    return undefined
  },

  ListPermissions: async ({ principal, input }) => {
    const authority = authorityArn(input.CertificateAuthorityArn)
    const found = await getServicePermission(ports, principal, authority)
    const permissions = found === undefined ? [] : [{ ...found, authority }]
    const { items, next } = onePage(permissions, input.MaxResults, input.NextToken)
    return {
      Permissions: items.map(({ actions, createdAt }) => ({
        CertificateAuthorityArn: authority,
        Principal: CERTIFICATE_SERVICE,
        SourceAccount: principal.account,
        Actions: actions,
        CreatedAt: createdAt,
      })),
      NextToken: next,
    }
  },

  PutPolicy: async ({ principal, input }) => {
    const authority = authorityArn(input.ResourceArn)
    await putAuthorityPolicy(ports, principal, { authority, policy: input.Policy })
    return undefined
  },

  GetPolicy: async ({ principal, input }) => {
    const { policy } = await getAuthorityPolicy(ports, principal, authorityArn(input.ResourceArn))
    return { Policy: policy }
  },

  DeletePolicy: async ({ principal, input }) => {
    await deleteAuthorityPolicy(ports, principal, authorityArn(input.ResourceArn))
    return undefined
  },
})

/** Contract §5.5: one service, in the authority's own account. */
function refuseOthers(
  { account }: Principal,
  {
    Principal: service,
    SourceAccount = account,
  }: { readonly Principal: string; readonly SourceAccount?: string | undefined },
): void {
  refuse('request_invalid', [
    ...(service === CERTIFICATE_SERVICE
      ? []
      : [{ code: 'principal', field: 'principal', message: `must be ${CERTIFICATE_SERVICE}` }]),
    ...(SourceAccount === account
      ? []
      : [
          { code: 'source_account', field: 'sourceAccount', message: `must be ${account}, the caller’s own` },
        ]),
  ])
}
