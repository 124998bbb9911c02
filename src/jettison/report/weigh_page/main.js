// All parts of the page of an image.

start(drawSummary, drawNotes, drawInstructions, drawFindings, drawLayers, drawPackages);
