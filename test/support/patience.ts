/** Servers and processes of a busy machine answer when they can; a test that hangs still ends. */
jest.setTimeout(120_000);
