// All parts of the page of an image.

start(drawSummary, drawNotes, drawDockerfile, drawFindings, drawLayers, drawPackages);
