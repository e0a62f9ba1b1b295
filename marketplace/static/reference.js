// Shows the API description; the document's address stands in the page.
"use strict";

window.SwaggerUIBundle({
  url: document.getElementById("reference").dataset.document,
  domNode: document.getElementById("reference"),
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
