-- Who of the committee is engaged, by what they do in the company.
with

roles as (

    select
        source_system,
        account_source_id,
        scorecard_id,
        job_role
    from {{ ref('committee_members') }}
    where is_engaged and job_role is not null
    group by source_system, account_source_id, scorecard_id, job_role

)

select
    source_system,
    account_source_id,
    scorecard_id,
    {{ joined_text('job_role', "', '", 'job_role') }} as roles,
    count(*) as count_roles
from roles
group by source_system, account_source_id, scorecard_id
