"""What leaves the centre about closed days: files by party, files for acquirers and issuers, and what they answer."""
