"""DICOM files become FHIR ImagingStudies by their headers; pixels are not looked at."""
