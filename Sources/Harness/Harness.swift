// This file makes the target exist; the module's own files replace it.
