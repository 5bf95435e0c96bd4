// Only specs see Jest's globals: the applications and scripts are built without this file.
/// <reference types="jest" />
