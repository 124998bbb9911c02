// All parts of the page of a comparison.

start(drawSummary, drawInstructionChanges, drawPathKinds, drawPackageChanges, drawSettings);
