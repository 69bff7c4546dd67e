"""The books: what stored entries mean in money, day by day, to operators, issuers, funders, sites and holders."""
