// C0 and C1 controls, and the marks that reorder text: what a server, a certificate or a file says must not be able
// to move the cursor, recolour the terminal, or show a name other than the one that is there.
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Text from elsewhere, safe to print on a terminal: one line, controls shown as U+FFFD. */
export const visible = (text: string): string => text.replace(UNSAFE, '\ufffd')
