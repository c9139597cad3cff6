import type { Actor } from './access.ts'
import { arns } from './arns.ts'

/**
 * Who did something, in the shape that CloudTrail has for it: IAMUser, AssumedRole with the role that the session is of,
 * FederatedUser for whom the authorizer knows, AWSService for the
 * installation itself. A token with a fixed role is `Role`, a proof of possession of a key `Unknown`,
 * as CloudTrail calls whoever has no identity of its own.
 * @param invokedBy the service on whose behalf it acted
 */
export function userIdentityOf(
  actor: Actor,
  invokedBy: string | undefined,
): Readonly<Record<string, unknown>> {
  const { id, account, credential } = actor
  const accessKey =
    credential?.startsWith(ACCESS_KEY) === true ? credential.slice(ACCESS_KEY.length) : undefined
  const common = {
    principalId: id,
    accountId: account,
    ...(accessKey === undefined ? {} : { accessKeyId: accessKey }),
    // A bearer token or a client certificate that the identity was proved with.
    ...(credential === undefined || accessKey !== undefined ? {} : { credentialId: credential }),
    ...(invokedBy === undefined ? {} : { invokedBy }),
  }
  const [, name = '', session = ''] = id.split('/')
  switch (actor.kind) {
    case 'user':
      return { type: 'IAMUser', ...common, arn: arns.user(account, name), userName: name }
    case 'role': {
      const sessionIssuer = {
        type: 'Role',
        arn: arns.role(account, name),
        userName: name,
        accountId: account,
      }
      const arn = arns.session(account, name, session)
      return { type: 'AssumedRole', ...common, arn, sessionContext: { sessionIssuer } }
    }
    case 'federated':
      return { type: 'FederatedUser', ...common, userName: name }
    case 'system':
      return { type: 'AWSService', ...common, invokedBy: invokedBy ?? 'chancery.local' }
    case 'key':
      return { type: 'Unknown', ...common }
    case 'token':
      return { type: 'Role', ...common }
  }
}

const ACCESS_KEY = 'access-key/'
