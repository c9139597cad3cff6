import type { Principal } from '../../domain/access.ts'
import type { StoredKey } from '../../domain/keys.ts'
import { assembleRequest, type RequestDraft } from '../../x509/certification-request.ts'
import { basicConstraints, extension, keyUsage } from '../../x509/extensions.ts'
import { encodeGeneralName } from '../../x509/general-names-der.ts'
import { oid, sequence } from '../../x509/der/writer.ts'
import { OID } from '../../x509/oids.ts'
import { prepareCsr } from '../../x509/prepare.ts'
import type { Extension } from '../../x509/types.ts'
import type { Ports } from '../../ports/ports.ts'
import { verifiedSignature } from '../certificates/verified-signature.ts'
import type { CsrExtensions } from './authority-request.ts'

const ACCESS_METHODS: ReadonlyMap<string, string> = new Map(
  (['caRepository', 'rpkiManifest', 'rpkiNotify'] as const).map((name) => [name, OID[name]]),
)

/** What an authority asks for: to be one, and what the caller wished besides. @throws request_invalid */
export function requestedExtensions(
  pathLength: number | undefined,
  {
    keyUsage: usages = ['digitalSignature', 'keyCertSign', 'cRLSign'],
    subjectInfoAccess,
  }: CsrExtensions = {},
): readonly Extension[] {
  return [
    basicConstraints({ ca: true, ...(pathLength === undefined ? {} : { pathLength }) }),
    keyUsage(usages),
    ...(subjectInfoAccess === undefined
      ? []
      : [
          extension('subjectInfoAccess', false, () =>
            sequence(
              ...subjectInfoAccess.map(({ method, location }) =>
                sequence(oid(ACCESS_METHODS.get(method) ?? method), encodeGeneralName(location)),
              ),
            ),
          ),
        ]),
  ]
}

/**
 * A certification request signed by the authority's own key: encoded, read back, checked, signed once, verified. DER.
 * @throws lint_failed, request_invalid, kms_unavailable
 */
export async function signedCsr(
  ports: Pick<Ports, 'vault' | 'verifier'>,
  principal: Principal,
  key: StoredKey,
  draft: RequestDraft,
): Promise<Uint8Array> {
  const { prepared, tbs } = prepareCsr(draft)
  const signature = await verifiedSignature(ports, {
    key,
    verificationKey: ports.verifier.load(key.spki, 'authority'),
    algorithm: draft.signatureAlgorithm,
    prepared,
    tbs,
    use: {
      caller: principal.id,
      service: 'acm-pca.amazonaws.com',
      ...(principal.requestId === undefined ? {} : { requestId: principal.requestId }),
    },
  })
  return assembleRequest(tbs, draft.signatureAlgorithm, signature)
}
