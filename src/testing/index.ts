/**
 * A certificate authority for test suites: real certificates in milliseconds, and broken ones on request.
 * @packageDocumentation
 */
export { startChancery } from './start-chancery.ts'
export type { Broken, BrokenCertificate, BrokenKind } from './broken-kinds.ts'
export type {
  Chancery,
  CrlFile,
  FixtureClock,
  Issued,
  IssueOptions,
  ListeningChancery,
  Moment,
  Signed,
  SignOptions,
  StartOptions,
  TimeSpan,
} from './chancery.ts'
export type { Names } from './names.ts'
export { ChanceryError, type ErrorCode, type Violation } from '../core/domain/errors.ts'
export type { KeyAlgorithm } from '../core/domain/key-algorithms.ts'
export type { ProfileName } from '../core/domain/profiles.ts'
export type { RevocationReason } from '../core/domain/revocation.ts'
