import type { Database } from 'better-sqlite3'
import type { Allowance } from '../../../core/domain/share-permissions.ts'
import { MANAGED_PERMISSIONS } from '../../../core/domain/share-permissions.ts'
import type {
  AccountId,
  AuthorityId,
  InvitationId,
  OrganizationId,
  Region,
  ShareId,
} from '../../../core/domain/ids.ts'
import type { Offer } from '../../../core/domain/borrowing.ts'
import type { InvitationStatus, ResourceShare, ShareInvitation } from '../../../core/domain/shares.ts'
import type { Page, PageRequest } from '../../../core/ports/page.ts'
import type { LentAuthority, PrincipalStanding, ShareReads } from '../../../core/ports/share-store.ts'
import { cursorOf, positionIn } from '../cursor.ts'
import type * as models from '../generated/models.ts'
import { authorityFrom, type AuthorityRow, type Raw } from '../rows.ts'
import { permissionReads } from './share-permissions.ts'

type ShareRow = Raw<models.ResourceShareModel>
type InvitationRow = Raw<models.ShareInvitationModel>
type PrincipalRow = Raw<models.SharePrincipalModel> & { readonly standing: PrincipalStanding['standing'] }

/** The organization of an account, as SQL. */
const organizationOf = (account: string): string =>
  `(SELECT organizationId FROM Account WHERE id = ${account})`
/** Whether principal `p` of share `s` is @account, or somebody of it, and has nothing left to accept. */
const IN_EFFECT = `(
  (p.accountId = @account AND EXISTS (SELECT 1 FROM ShareInvitation i
     WHERE i.shareId = s.id AND i.accountId = @account AND i.status = 'ACCEPTED'))
  OR (p.accountId = @account AND ${organizationOf('@account')} = ${organizationOf('s.accountId')})
  OR (p.organizationId = ${organizationOf('@account')} AND p.organizationId = ${organizationOf('s.accountId')}))`

/** Reads about what accounts lend to one another. */
export const shareReads = (db: Database): ShareReads => ({
  shares: { ...lendersReads(db), ...borrowersReads(db) },
  shareInvitations: invitationReads(db),
  ...permissionReads(db),
  lent: lentReads(db),
})

type LenderReads = Omit<ShareReads['shares'], 'lentTo' | 'listLentTo'>

function lendersReads(db: Database): LenderReads {
  const get = db.prepare('SELECT * FROM ResourceShare WHERE id = ? AND accountId = ? AND region = ?')
  const list = db.prepare(
    'SELECT * FROM ResourceShare WHERE accountId = ? AND region = ? AND id > ? ORDER BY id LIMIT ?',
  )
  const count = db.prepare('SELECT count(*) FROM ResourceShare WHERE accountId = ? AND region = ?').pluck()
  const authorities = db
    .prepare('SELECT authorityId FROM SharedAuthority WHERE shareId = ? ORDER BY createdAt, authorityId')
    .pluck()
  const principals = db.prepare(
    `SELECT p.*, CASE
         WHEN coalesce(${organizationOf('p.accountId')}, p.organizationId) = ${organizationOf('s.accountId')}
           THEN 'organization'
         ELSE coalesce((SELECT CASE i.status WHEN 'ACCEPTED' THEN 'accepted' ELSE 'invited' END FROM ShareInvitation i
           WHERE i.shareId = s.id AND i.accountId = p.accountId AND i.status IN ('PENDING', 'ACCEPTED')), 'none')
       END AS standing
       FROM SharePrincipal p JOIN ResourceShare s ON s.id = p.shareId WHERE p.shareId = ?
       ORDER BY p.createdAt, p.principal`,
  )
  const ofAuthority = db.prepare(
    `SELECT s.* FROM ResourceShare s JOIN SharedAuthority r ON r.shareId = s.id WHERE r.authorityId = ? ORDER BY s.id`,
  )
  const organization = db.prepare(`SELECT ${organizationOf('?')}`).pluck()
  return {
    get: async ({ account, region }, id) => {
      const row = get.get(id, account, region) as ShareRow | undefined
      return row === undefined ? undefined : shareFrom(row)
    },
    list: async ({ account, region }, page) =>
      pageOf(list.all(account, region, afterIn(page, 'shares'), page.limit + 1) as ShareRow[], page),
    count: async ({ account, region }) => count.get(account, region) as number,
    authorities: async (id) => authorities.all(id) as AuthorityId[],
    principals: async (id) => (principals.all(id) as PrincipalRow[]).map(principalFrom),
    ofAuthority: async (authority) => (ofAuthority.all(authority) as ShareRow[]).map(shareFrom),
    organizationOf: async (account) => (organization.get(account) as OrganizationId | null) ?? undefined,
  }
}

function borrowersReads(db: Database): Pick<ShareReads['shares'], 'lentTo' | 'listLentTo'> {
  const lent = `s.region = @region AND s.accountId <> @account
    AND EXISTS (SELECT 1 FROM SharePrincipal p WHERE p.shareId = s.id AND ${IN_EFFECT})`
  const lentTo = db.prepare(`SELECT * FROM ResourceShare s WHERE s.id = @id AND ${lent}`)
  const listLentTo = db.prepare(
    `SELECT * FROM ResourceShare s WHERE s.id > @after AND ${lent} ORDER BY s.id LIMIT @limit`,
  )
  return {
    lentTo: async ({ account, region }, id) => {
      const row = lentTo.get({ id, account, region }) as ShareRow | undefined
      return row === undefined ? undefined : shareFrom(row)
    },
    listLentTo: async ({ account, region }, page) => {
      const after = afterIn(page, 'shares')
      return pageOf(listLentTo.all({ account, region, after, limit: page.limit + 1 }) as ShareRow[], page)
    },
  }
}

function invitationReads(db: Database): ShareReads['shareInvitations'] {
  const get = db.prepare('SELECT * FROM ShareInvitation WHERE id = ? AND accountId = ? AND region = ?')
  const list = db.prepare(
    'SELECT * FROM ShareInvitation WHERE accountId = ? AND region = ? AND id < ? ORDER BY id DESC LIMIT ?',
  )
  return {
    get: async ({ account, region }, id) => {
      const row = get.get(id, account, region) as InvitationRow | undefined
      return row === undefined ? undefined : invitationFrom(row)
    },
    list: async ({ account, region }, page) => {
      const before = page.after === undefined ? '~' : positionIn(page.after, 'invitations', 'string')[0]
      const rows = list.all(account, region, before, page.limit + 1) as InvitationRow[]
      const items = rows.slice(0, page.limit).map(invitationFrom)
      const last = items.at(-1)
      const more = rows.length > page.limit && last !== undefined
      return { items, next: more ? cursorOf('invitations', last.id) : undefined }
    },
  }
}

type LentRow = AuthorityRow & {
  readonly offers: string
  readonly policy: string | null
  readonly borrowers: string | null
}
/** What is in `offers`, as JSON. */
type OfferRow = {
  readonly to: string
  readonly permission: string
  readonly actions: string | null
  readonly templates: string | null
}

function lentReads(db: Database): ShareReads['lent'] {
  // An organization's principal stands for the whole account.
  const lent = `SELECT a.*,
      (SELECT json_group_array(json_object('to', CASE WHEN p.accountId IS NULL THEN @account ELSE p.principal END,
          'permission', s.permission, 'actions', v.actions, 'templates', v.templates))
         FROM SharedAuthority r JOIN ResourceShare s ON s.id = r.shareId
         JOIN SharePrincipal p ON p.shareId = s.id
         LEFT JOIN SharePermissionVersion v ON v.permissionId = s.permission AND v.version = s.permissionVersion
         WHERE r.authorityId = a.id AND s.accountId = a.accountId AND ${IN_EFFECT}) AS offers,
      (SELECT policy FROM AuthorityPolicy t WHERE t.authorityId = a.id) AS policy,
      ${organizationOf('@account')} AS borrowers
    FROM Authority a WHERE a.region = @region AND a.accountId <> @account`
  const find = db.prepare(`${lent} AND a.id = @id AND (@owner IS NULL OR a.accountId = @owner)`)
  const list = db.prepare(
    `${lent} AND a.id > @after AND a.status <> 'DELETED' AND a.id IN
       (SELECT authorityId FROM SharedAuthority UNION SELECT authorityId FROM AuthorityPolicy) ORDER BY a.id LIMIT @limit`,
  )
  const hasLent = db
    .prepare('SELECT 1 FROM Certificate WHERE authorityId = ? AND lenderId IS NOT NULL LIMIT 1')
    .pluck()
  return {
    find: async ({ account, region }, id, owner) => {
      const row = find.get({ account, region, id, owner: owner ?? null }) as LentRow | undefined
      const found = row === undefined ? undefined : lentFrom(row)
      return found !== undefined && isLent(found) ? found : undefined
    },
    list: async ({ account, region }, page) => {
      const after = afterIn(page, 'lent')
      const rows = list.all({ account, region, after, limit: page.limit + 1 }) as LentRow[]
      const shown = rows.slice(0, page.limit)
      const last = shown.at(-1)
      return {
        items: shown.map(lentFrom).filter(isLent),
        next: rows.length > page.limit && last !== undefined ? cursorOf('lent', last.id) : undefined,
      }
    },
    hasLent: async (authority) => hasLent.get(authority) === 1,
  }
}

const isLent = ({ offers, policy }: LentAuthority): boolean => offers.length > 0 || policy !== undefined

const lentFrom = (row: LentRow): LentAuthority => ({
  authority: authorityFrom(row),
  offers: (JSON.parse(row.offers) as OfferRow[]).flatMap(offerFrom),
  policy: row.policy ?? undefined,
  organization: (row.borrowers ?? undefined) as OrganizationId | undefined,
})

/** None where the permission isn't there any more: what isn't known isn't allowed. */
function offerFrom({ to, permission, actions, templates }: OfferRow): Offer[] {
  const managed = MANAGED_PERMISSIONS.get(permission)
  if (managed !== undefined) return [{ to, ...managed }]
  if (actions === null) return []
  return [
    {
      to,
      actions: JSON.parse(actions) as Allowance['actions'],
      templates: templates === null ? undefined : (JSON.parse(templates) as string[]),
    },
  ]
}

const afterIn = (page: PageRequest, order: string): string =>
  page.after === undefined ? '' : (positionIn(page.after, order, 'string')[0] as string)

function pageOf(rows: readonly ShareRow[], page: PageRequest): Page<ResourceShare> {
  const items = rows.slice(0, page.limit).map(shareFrom)
  const last = items.at(-1)
  return {
    items,
    next: rows.length > page.limit && last !== undefined ? cursorOf('shares', last.id) : undefined,
  }
}

const shareFrom = (row: ShareRow): ResourceShare => ({
  id: row.id as ShareId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  name: row.name,
  revision: row.revision,
  external: row.external === 1,
  permission: row.permission,
  permissionVersion: row.permissionVersion,
  tags: JSON.parse(row.tags) as Record<string, string>,
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

const principalFrom = (row: PrincipalRow): PrincipalStanding => ({
  share: row.shareId as ShareId,
  principal: row.principal,
  account: (row.accountId ?? undefined) as AccountId | undefined,
  organization: (row.organizationId ?? undefined) as OrganizationId | undefined,
  createdAt: row.createdAt,
  standing: row.standing,
})

const invitationFrom = (row: InvitationRow): ShareInvitation => ({
  id: row.id as InvitationId,
  share: row.shareId as ShareId,
  shareName: row.shareName,
  sender: row.senderId as AccountId,
  account: row.accountId as AccountId,
  region: row.region as Region,
  status: row.status as InvitationStatus,
  createdAt: row.createdAt,
  expiresAt: row.expiresAt,
  decidedAt: row.decidedAt ?? undefined,
})
