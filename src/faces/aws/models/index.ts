import type { Ports } from '../../../core/ports/ports.ts'
import { acmHandlers } from '../handlers/acm/index.ts'
import { acmPcaHandlers } from '../handlers/acm-pca/index.ts'
import { ramHandlers } from '../handlers/ram/index.ts'
import { stsHandlers } from '../handlers/sts/index.ts'
import { served, type Served, type Service } from '../service-model.ts'
import { ACM } from './acm/model.ts'
import { ACM_PCA } from './acm-pca/model.ts'
import { RAM } from './ram/model.ts'
import { STS } from './sts/model.ts'

/** Every service of the face, with what answers for it. */
export const servedBy = (ports: Ports): readonly Served[] => [
  served(ACM_PCA, acmPcaHandlers(ports)),
  served(ACM, acmHandlers(ports)),
  served(RAM, ramHandlers(ports)),
  served(STS, stsHandlers(ports)),
]

export const SERVICES: readonly Service[] = [ACM_PCA, ACM, RAM, STS]

/** What there is of S3, which has no table; see ../s3.ts. */
export const S3_OPERATION = 's3:GetObject'

/** Every operation, as limits name it: `acm-pca:IssueCertificate`. */
export const AWS_OPERATIONS: readonly string[] = SERVICES.flatMap(({ name, operations }) =>
  Object.keys(operations).map((operation) => `${name}:${operation}`),
).concat(S3_OPERATION)
