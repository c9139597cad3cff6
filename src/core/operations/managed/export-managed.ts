import type { Principal } from '../../domain/access.ts'
import { arns } from '../../domain/arns.ts'
import { ChanceryError, refuse } from '../../domain/errors.ts'
import { exportViolations, partsOf, type ExportRequest, type PassphraseRule } from '../../domain/exports.ts'
import { domainNameOf, managedStatus } from '../../domain/managed-certificates.ts'
import type { Ports } from '../../ports/ports.ts'
import { exportFile } from '../certificates/export-certificate.ts'
import type { ExportedFile } from '../certificates/exported-file.ts'
import { scheduled } from './issue-version.ts'
import { changeManaged, notYet } from './managed-at.ts'
import { versionFile } from './read-managed.ts'
import { authorizeManaged } from './authorize-managed.ts'

/**
 * The certificate that stands with its private key, in the form asked for. From then on it is renewed by itself, since
 * somebody uses it.
 * @throws not_found; request_invalid; policy_refused for one whose key may not leave; state_conflict before there is a
 * version; kms_unavailable
 */
export async function exportManaged(
  ports: Pick<Ports, 'store' | 'vault' | 'random' | 'clock' | 'calendar'>,
  principal: Principal,
  request: {
    readonly id: string
    readonly form: ExportRequest
    readonly rule?: PassphraseRule
    /** As AWS has it: whoever exports has the trust anchor from here, too. */
    readonly withRoot?: boolean
  },
): Promise<ExportedFile> {
  await authorizeManaged(ports, principal, 'acm:ExportCertificate', request.id)
  refuse('request_invalid', exportViolations(request.form, '', request.rule))
  const withKey = partsOf(request.form).includes('key')
  const now = ports.calendar.now()
  const managed = await changeManaged(ports, principal, request.id, (before) => {
    const status = managedStatus(before, now)
    if (before.current === undefined) throw notYet(`there is no certificate to export; it is ${status}`)
    if (!withKey) return undefined
    if (!before.exportable) throw notExportable(before.kind === 'imported')
    // On the record before the key leaves: a mark too many harms nobody.
    if (before.exportedVersion === before.current.number) return undefined
    return {
      after: scheduled({ ...before, exportedVersion: before.current.number }, now),
      alsoWrite: () => [],
    }
  })
  // What is marked is what leaves, whatever is issued in between.
  const number = withKey ? managed.exportedVersion : managed.current?.number
  const version = await ports.store.reads.managed.version(managed.id, number ?? 0)
  if (version === undefined)
    throw new ChanceryError('internal', 'the version to export is not in the database')
  const file = await versionFile(ports, managed, version)
  return exportFile(
    ports,
    principal,
    {
      ...file,
      key: version.key,
      withRoot: request.withRoot,
      name: domainNameOf(managed).replace('*', 'wildcard'),
      arn: arns.managed(managed, managed.id),
      service: 'acm.amazonaws.com',
    },
    request.form,
  )
}

const notExportable = (imported: boolean): ChanceryError =>
  new ChanceryError(
    'policy_refused',
    imported
      ? 'It was imported: whoever imported it has its key'
      : 'It was requested without `exportable`, which can’t be changed later; request another one',
  )
