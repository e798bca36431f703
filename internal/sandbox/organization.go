package sandbox

import "cameo/internal/policy"

// Join makes an account a member of an organization, such as "o-exampleorg":
// members are told which policy denied what, and conditions may ask for
// aws:PrincipalOrgID.
func (w *World) Join(accountID, organization string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(accountID)
	if err != nil {
		return err
	}
	a.organization = organization
	return nil
}

// PutServiceControlPolicy limits what the principals of an account may do, whatever
// their own policies say, in place of a policy of that name. One of an account's
// service control policies has to allow a request, and none may deny it. See
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
func (w *World) PutServiceControlPolicy(accountID, name, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(accountID)
	if err != nil {
		return err
	}
	return a.serviceControl.put(policy.IdentityUse, name, document)
}

// PutResourceControlPolicy limits what anybody may do with the roles and objects of
// an account, in place of a policy of that name. Only denials count. See
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
func (w *World) PutResourceControlPolicy(accountID, name, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	a, err := w.account(accountID)
	if err != nil {
		return err
	}
	return a.resourceControl.put(policy.BucketUse, name, document)
}

// setBoundary puts a permissions boundary in place of the one of a user or a role.
func setBoundary(of **policy.Named, document string) error {
	doc, err := parseFor(policy.IdentityUse, document)
	if err != nil {
		return err
	}
	*of = &policy.Named{Name: "boundary", Document: doc}
	return nil
}

// SetRoleBoundary gives a role a permissions boundary.
func (w *World) SetRoleBoundary(accountID, roleName, document string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.role(accountID, roleName)
	if err != nil {
		return err
	}
	return setBoundary(&r.boundary, document)
}
