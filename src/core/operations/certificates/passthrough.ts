/** What goes through a template, for faces: they know nothing of bytes. */
export type { ApiPassthrough } from '../../x509/passthrough.ts'
export type { PassthroughSubject } from '../../x509/passthrough-subject.ts'
